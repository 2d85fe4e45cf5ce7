/** Sums a CPU profile by library: the self time of each function belongs to the package of its source. */
import { readFileSync } from 'node:fs';
import { SourceMap as Decoded, type SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';

const Frame = v.object({
  functionName: v.string(),
  url: v.string(),
  lineNumber: v.number(),
  columnNumber: v.number(),
});
const Profile = v.object({
  nodes: v.array(v.object({ id: v.number(), callFrame: Frame })),
  samples: v.array(v.number()),
  timeDeltas: v.array(v.number()),
});
type Frame = v.InferOutput<typeof Frame>;

/** The share of each library. The profiler counts time on the clock, and time in which the process waited is left out. */
export function sharesByLibrary(profileFile: string): ReadonlyMap<string, number> {
  const { nodes, samples, timeDeltas } = v.parse(Profile, JSON.parse(readFileSync(profileFile, 'utf8')));
  const libraryOf = librariesOf();
  const libraries = new Map(nodes.map(({ id, callFrame }) => [id, libraryOf(callFrame)]));
  const sums = new Map<string, number>();
  samples.forEach((id, index) => {
    const library = libraries.get(id);
    if (library === undefined) return;
    sums.set(library, (sums.get(library) ?? 0) + (timeDeltas[index] ?? 0));
  });
  const total = [...sums.values()].reduce((sum, each) => sum + each, 0);
  return new Map([...sums].map(([library, sum]) => [library, sum / total]));
}

function librariesOf(): (frame: Frame) => string | undefined {
  const maps = new Map<string, SourceMap | undefined>();
  const mapOf = (url: string): SourceMap | undefined => {
    if (!maps.has(url)) maps.set(url, decoded(url));
    return maps.get(url);
  };
  return ({ functionName, url, lineNumber, columnNumber }) => {
    if (functionName === '(idle)') return undefined;
    if (functionName === '(garbage collector)') return 'V8: garbage collector';
    if (url.startsWith('node:')) return nodeRoom(url);
    if (!url.startsWith('file:')) return 'V8 and the kernel: calls, compilation';
    const entry = mapOf(url)?.findEntry(lineNumber, columnNumber);
    return entry !== undefined && 'originalSource' in entry ? ownerOf(entry.originalSource) : 'the benchmark';
  };
}

function decoded(url: string): SourceMap | undefined {
  try {
    return new Decoded(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8')));
  } catch {
    return undefined;
  }
}

function nodeRoom(url: string): string {
  if (/crypto|hash/.test(url)) return 'Node: hashes';
  return /http|net|stream|timers|dns|url|tls/.test(url) ? 'Node: HTTP, streams, timers' : 'Node: other';
}

function ownerOf(source: string): string {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source) ?? [];
  if (name !== undefined) return name;
  const [, room] = /(?:^|\/)(functions\/(?:aws|compute|reader|writer)|functions|bench)\//.exec(source) ?? [];
  return room === undefined ? 'other' : room === 'bench' ? 'the pipeline' : `Weir: ${room}`;
}
