/**
 * A set of ids in eight bytes each: a run of millions of requests could not hold the ids themselves. It keeps
 * 64 bits of a hash; among five million ids, two collide in one of a million runs.
 */
export interface IdSet {
  readonly size: number;
  has(id: string): boolean;
  /** Returns whether the id is new. */
  add(id: string): boolean;
}

/** Load factor above which lookups become slow. */
const FULL = 0.6;
const PLACES_FIRST = 1024;

export function createIdSet(): IdSet {
  let places = new Uint32Array(2 * PLACES_FIRST);
  let size = 0;

  /** The index of the hash, or of the free place where it would go. A free place is two zeros. */
  function placeOf(high: number, low: number, table: Uint32Array): number {
    const last = table.length / 2 - 1;
    for (let at = low & last; ; at = (at + 1) & last) {
      const [ownHigh = 0, ownLow = 0] = [table[2 * at], table[2 * at + 1]];
      if ((ownHigh === 0 && ownLow === 0) || (ownHigh === high && ownLow === low)) return 2 * at;
    }
  }

  function grow(): void {
    const larger = new Uint32Array(2 * places.length);
    for (let at = 0; at < places.length; at += 2) {
      const [high = 0, low = 0] = [places[at], places[at + 1]];
      if (high === 0 && low === 0) continue;
      const place = placeOf(high, low, larger);
      larger[place] = high;
      larger[place + 1] = low;
    }
    places = larger;
  }

  return {
    get size() {
      return size;
    },
    has(id) {
      const [high, low] = hashOf(id);
      const place = placeOf(high, low, places);
      return places[place] === high && places[place + 1] === low;
    },
    add(id) {
      const [high, low] = hashOf(id);
      const place = placeOf(high, low, places);
      if (places[place] === high && places[place + 1] === low) return false;
      places[place] = high;
      places[place + 1] = low;
      size += 1;
      if (2 * size > FULL * places.length) grow();
      return true;
    },
  };
}

/**
 * Two 32-bit hashes, mixed at the end (cyrb53 without its cut to 53 bits, public domain); never both zero.
 */
function hashOf(id: string): [high: number, low: number] {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < id.length; index += 1) {
    const code = id.charCodeAt(index);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  const high = (Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)) >>> 0;
  const low = (Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)) >>> 0;
  return [high === 0 && low === 0 ? 1 : high, low];
}
