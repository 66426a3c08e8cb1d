/**
 * NetFlow v9 types below 32768 that vendors took although they are not theirs: Ekinops (OneAccess) routers, and what early
 * releases of Cisco's encrypted traffic analytics sent. They have no enterprise number: 4294967295, which nobody has, keeps them apart.
 */
export const NETFLOW9_ONLY = `
6660 EkinopsTcpConnectionSetupTime u32
6661 EkinopsTcpServerResponseTime u32
6662 EkinopsTcpMeanRtt u32
6663 EkinopsTcpRetransmissions u32
6664 EkinopsTcpGoodputBytes u32
6665 EkinopsTcpConnectionInitiator u8
6670 EkinopsHttpHost text
6671 EkinopsTicAppId u32
6680 EkinopsRtpPayloadType u8
6681 EkinopsRtpPacketLoss u32
6682 EkinopsRtpJitter u16
6683 EkinopsRtpRFactor u8
6690 EkinopsReporterId text
6691 EkinopsUplinkBandwidth u32
6692 EkinopsDownlinkBandwidth u32
6693 EkinopsTimezoneOffset u32
6694 EkinopsTimezoneName text
6695 EkinopsDaylightSavingStart u32
6696 EkinopsDaylightSavingEnd u32
6697 EkinopsMacAddress mac
6698 EkinopsDpiVersion text
6699 EkinopsQosCfgFingerprint text
6800 EkinopsNetControlCfgFingerprint text
16386 ETAInitialDataPacketOld octets
16387 ETASequenceofPktLengthsandTimesOld octets
`;
