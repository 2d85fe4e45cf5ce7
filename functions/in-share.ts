/** Whether a name belongs to a share (0 to 1) of all names. Depends only on the name, so that all functions agree. */
export function isInShare(name: string, share: number): boolean {
  if (share <= 0) return false;
  // FNV-1a, see https://datatracker.ietf.org/doc/html/draft-eastlake-fnv
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) / 2 ** 32 < share;
}
