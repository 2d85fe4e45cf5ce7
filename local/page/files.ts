/** The page's own files, served unchanged, and the colours that it shares with the other drawings. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PAGE_VARIABLES } from '../report/palette.ts';

interface PageFile {
  readonly type: string;
  readonly text: string;
}

const FILES = [
  { path: '/', file: 'page.html', type: 'text/html; charset=utf-8' },
  { path: '/page.css', file: 'page.css', type: 'text/css; charset=utf-8' },
  ...['page', 'confirm', 'dead', 'lanes', 'rows', 'sections', 'source-rows', 'text', 'timeline'].map(
    (name) => ({
      path: `/${name}.js`,
      file: `${name}.js`,
      type: 'text/javascript; charset=utf-8',
    }),
  ),
];

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#4a90c9" d="M1 2h14v3H1zM1 6h10v2H1z"/><path fill="#e08a1e" d="M1 10h14v4H1z"/></svg>`;

/** Files by path. Any other path is not found: the path of a request is never looked up on disk. */
export async function loadFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const loaded = await Promise.all(
    FILES.map(async ({ path, file, type }): Promise<[string, PageFile]> => {
      return [path, { type, text: await readFile(join(import.meta.dirname, file), 'utf8') }];
    }),
  );
  return new Map([
    ...loaded,
    ['/palette.css', { type: 'text/css; charset=utf-8', text: PAGE_VARIABLES }],
    ['/icon.svg', { type: 'image/svg+xml', text: ICON }],
  ]);
}
