/** Where a compute is asked to run a second time, if it does not say where it wants to be: Tokyo, in German. */
export const OTHER_LOCALE = 'de-DE';
export const OTHER_ZONE = 'Asia/Tokyo';
export const OTHER_ZONE_MS = 9 * 3_600_000;
