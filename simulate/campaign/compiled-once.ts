/**
 * Each planted bug needs a thread of its own, and each thread loads two hundred files. What one of them stripped of its types and
 * compiled serves the others: a cache in NODE_COMPILE_CACHE, or in the folder for temporary files. Patched files do not fit it
 * and are compiled anew.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';

/** `load` imports the files. */
export async function compiledOnce<Loaded>(load: () => Promise<Loaded>): Promise<Loaded> {
  enableCompileCache();
  const loaded = await load();
  // Now, because the thread is ended without a chance to write.
  flushCompileCache();
  return loaded;
}
