/**
 * VMware NSX and vSphere distributed switch, PEN 6876. 891-898: NSX-T.
 */
export const VMWARE = `
880 tenantProtocol u8
881 tenantSourceIPv4 ipv4
882 tenantDestIPv4 ipv4
883 tenantSourceIPv6 ipv6
884 tenantDestIPv6 ipv6
886 tenantSourcePort u16
887 tenantDestPort u16
888 egressInterfaceAttr u16
889 vxlanExportRole u8
890 ingressInterfaceAttr u16
891 tunnelType u8
892 tunnelKey octets
893 tunnelSourceIPv4Address ipv4
894 tunnelDestinationIPv4Address ipv4
895 tunnelProtocolIdentifier u8
896 tunnelSourceTransportPort u16
897 tunnelDestinationTransportPort u16
898 virtualObsID text
`;
