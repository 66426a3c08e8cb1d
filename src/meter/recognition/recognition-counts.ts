/** What was not looked at wholly, so that a flow may have no name. */
export interface RecognitionCounts {
  /** Conversations whose payload was not looked at to the end: more were new at once than are kept. */
  recognitionsCut: number;
  /** Joined bytes that gave way to those of other flows. */
  joinsCut: number;
  /** Names of servers that were not kept: too many were in use. */
  namesLeftOut: number;
  /** Names that clients were given for addresses, and that gave way to others before their time was over. */
  givenNamesCut: number;
  /** Announced end points that gave way to others before their time was over. */
  announcementsCut: number;
  /** Looks at Initial packets of QUIC that were left closed: more came than may be decrypted. */
  initialsCut: number;
}
