/** What a channel says about a message beyond its text. */
export class ChannelMetadata {
  /** @internal */
  constructor(
    /** The kind of channel. */
    readonly type: string,
    readonly data: unknown,
  ) {}
}
