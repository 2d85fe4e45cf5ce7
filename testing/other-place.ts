/**
 * The language and time zone of the second run, for a compute that does not name its own: German, in Tokyo.
 */
export const OTHER_LOCALE = 'de-DE';
export const OTHER_ZONE = 'Asia/Tokyo';
export const OTHER_ZONE_MS = 9 * 3_600_000;
