/**
 * CESNET, PEN 8057.
 */
export const CESNET = `
1 DNSRCode u8
2 DNSName text
3 DNSQType u16
4 DNSClass u16
5 DNSRRTTL u32
6 DNSRDataLength u16
7 DNSRData text
8 DNSPSize u16
9 DNSRDO u8
10 DNSTransactionID u16
11 DNSAType u16
14 DNSAnswers u16
18 NTPLeap u8
19 NTPVersion u8
20 NTPMode u8
21 NTPStratum u8
22 NTPPoll u8
23 NTPPrecision u8
24 NTPDelay u32
25 NTPDispersion u32
26 NTPRefID text
27 NTPRef text
28 NTPOrig text
29 NTPRecv text
30 NTPSent text
31 ARPHAFormat u16
32 ARPPAFormat u16
33 ARPOpcode u16
34 ARPSrcHA text
35 ARPSrcPA text
36 ARPDstHA text
37 ARPDstPa text
100 SIPMsgType u16
101 SIPStatusCode u16
102 SIPCallID text
103 SIPCallingParty text
104 SIPCalledParty text
105 SIPVia text
106 SIPUserAgent text
107 SIPRequestURI text
108 SIPCseq text
200 httpMethod text
201 httpServer text
202 httpCookieNames text
802 tlsExtTypeField u16
803 tlsExtLenField u16
804 statsTLSSize u16 - octets
805 statsTLSTimestamp ms - milliseconds
806 statsTLSDirection i8
807 statsTLSType u8
808 TLSSNI text
810 SMTPCommands u32
811 SMTPMailCount u32
812 SMTPRcptCount u32
813 SMTPSender text
814 SMTPRecipient text
815 SMTPStatusCodes u32
816 SMTPCode2XXCount u32
817 SMTPCode3XXCount u32
818 SMTPCode4XXCount u32
819 SMTPCode5XXCount u32
820 SMTPDomain text
821 SSDPLocationPort u16
822 SSDPServer text
823 SSDPUserAgent text
824 SSDPNT text
825 SSDPST text
826 DNSSDQueries text
827 DNSSDResponses text
828 OVPNConfLevel u8
831 NBName text
832 NBSuffix u8
850 IDPContent octets
851 IDPContentRev octets
852 OSQueryProgramName text
853 OSQueryUsername text
854 OSQueryOSName text
855 OSQueryOSMajor u16
856 OSQueryOSMinor u16
857 OSQueryOSBuild text
858 OSQueryOSPlatform text
859 OSQueryOSPlatformLike text
860 OSQueryOSArch text
861 OSQueryKernelVersion text
862 OSQuerySystemHostname text
883 quicTlsExt octets
884 quicTlsExtLen u16
885 quicTlsExtType u16
886 quicCHParsed u8
887 quicServerPort u16
888 quicPackets u8
889 quicZeroRTT u8
890 quicSNI text
891 quicUserAgent text
892 quicVersion u32
893 quicClientVersion u32
894 quicTokenLength u64
895 quicOCCID octets
896 quicOSCID octets
897 quicSCID octets
898 quicRetrySCID octets
899 quicMultiplexed u8
900 tcpMss u32
901 tcpMssRev u32
902 tcpSynSize u16
903 ssaConfLevel u8
1013 packetLength i16 - octets
1014 packetTime ms - milliseconds
1015 packetFlag u8 flags
1016 packetDirection i8
1020 ntsMeanPacketPayload f32
1021 ntsMinPacketPayload u16
1022 ntsMaxPacketPayload u16
1023 ntsStdevPacketPayload f32
1024 ntsKurtosisPacketPayload f32
1025 ntsRootMeanSquarePacketPayload f32
1026 ntsAverageDispersionPacketPayload f32
1027 ntsMeanScaledTime f32
1028 ntsMeanDifftimes f32
1029 ntsMinDifftimes f32
1030 ntsMaxDifftimes f32
1031 ntsTimeDistribution f32
1032 ntsSwitchingRatio f32
1050 burstSrcPackets u16 - packets
1051 burstSrcBytes u16 - octets
1052 burstSrcTimeStart ms - milliseconds
1053 burstSrcTimeStop ms - milliseconds
1054 burstDstPackets u16 - packets
1055 burstDstBytes u16 - octets
1056 burstDstTimeStart ms - milliseconds
1057 burstDstTimeStop ms - milliseconds
1060 phistSrcSizes u32
1061 phistSrcInterPacketTime u32
1062 phistDstSizes u32
1063 phistDstInterPacketTime u32
1100 WGConfLevel u8
1101 WGSrcPeer u32
1102 WGDstPeer u32
1200 scitagExperimentID u16
1201 scitagExperimentAct u8
`;
