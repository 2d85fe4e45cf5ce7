/** `B` is base64 text on the wire, bytes in the SDK: the table serves both, so what holds a value is left open. */
export type Item<Value extends object = object> = Readonly<Record<string, Value>>;
