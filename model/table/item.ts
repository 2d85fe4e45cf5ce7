/** The type of values is open, because `B` is base64 text in the protocol and bytes in the SDK, and the table serves both. */
export type Item<Value extends object = object> = Readonly<Record<string, Value>>;
