"""Seals packets with the ESP of scapy: `esp-scapy.py CASES.json SEALED.pcap PLAIN.pcap`; both captures hold the packets in the same order."""

import json
import sys

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.ipsec import ESP, SecurityAssociation
from scapy.packet import Raw
from scapy.utils import wrpcap


def sent(version):
    """Segments, datagrams and an echo request, of lengths with all remainders that padding depends on."""
    inner = IP(src="10.1.0.1", dst="10.2.0.2") if version == 4 else IPv6(src="2001:db8:1::1", dst="2001:db8:2::2")
    echo = ICMP(id=7, seq=1) if version == 4 else ICMPv6EchoRequest(id=7, seq=1)
    yield inner / TCP(sport=40001, dport=445, flags="S", options=[("MSS", 1460)])
    yield inner / TCP(sport=40001, dport=445, flags="A", seq=9)
    for size in (1, 2, 3, 4, 90, 400):
        yield inner / TCP(sport=40001, dport=445, flags="PA", seq=10) / Raw(bytes(i * 37 & 255 for i in range(size)))
        yield inner / UDP(sport=5353, dport=53) / Raw(bytes(i * 91 & 255 for i in range(size)))
    yield inner / echo / Raw(bytes(range(56)))


def association(case):
    version = case["outer"]
    tunnel = IP(src="192.0.2.1", dst="198.51.100.2") if version == 4 else IPv6(src="2001:db8::1", dst="2001:db8:ffff::2")
    return SecurityAssociation(
        ESP,
        spi=case["spi"],
        crypt_algo=case["encryption"],
        crypt_key=bytes.fromhex(case["key"]),
        crypt_icv_size=case.get("check"),
        auth_algo=case["authentication"],
        auth_key=bytes.fromhex(case["authentication_key"]),
        tunnel_header=tunnel if case["mode"] == "tunnel" else None,
        nat_t_header=UDP(sport=4500, dport=4500) if case["udp"] else None,
        esn_en="esn" in case,
        esn=case.get("esn", 0),
    )


def shortened(packet, by):
    packet[ESP].data = packet[ESP].data[: len(packet[ESP].data) - by]
    if packet.version == 4:
        packet.len -= by
        del packet.chksum
    else:
        packet.plen -= by
    return packet


sealed = []
plain = []
for case in json.load(open(sys.argv[1])):
    sa = association(case)
    for packet in sent(case["inner"]):
        # From bytes, so that lengths and checksums are filled in.
        packet = packet.__class__(bytes(packet))
        plain.append(packet)
        packet = sa.encrypt(packet)
        if "check" in case:
            # scapy 2.5 leaves the check value of GCM at 16 bytes.
            packet = shortened(packet, 16 - case["check"])
        if case["udp"]:
            # scapy 2.5 leaves the length at that of the UDP header alone.
            packet[UDP].len = len(packet[UDP])
        sealed.append(packet)
wrpcap(sys.argv[2], sealed, linktype=101)
wrpcap(sys.argv[3], plain, linktype=101)
