/**
 * The colours of everything drawn, for a light and a dark page. They are plain classes with a media query,
 * not variables, so that they also work inside an <img> and in programs with little CSS support. Text has a
 * contrast of at least 4.5 to 1.
 */
interface Colours {
  readonly light: string;
  readonly dark: string;
}

const COLOURS = {
  page: { light: '#f4f6f8', dark: '#0f1419' },
  card: { light: '#ffffff', dark: '#171e26' },
  line: { light: '#dfe5eb', dark: '#2b3540' },
  track: { light: '#f0f3f6', dark: '#1f2832' },
  text: { light: '#17202a', dark: '#e8edf2' },
  muted: { light: '#566270', dark: '#9aa7b5' },
  read: { light: '#7fb0d9', dark: '#4f86b5' },
  failed: { light: '#c63d3d', dark: '#ef6f6c' },
  // Computations matter most, so they have the strongest colour. Commits are hardly stronger than the track.
  compute: { light: '#e8710a', dark: '#ffa033' },
  commit: { light: '#a9b5c2', dark: '#5d6b79' },
  write: { light: '#7e57c2', dark: '#b39ddb' },
} as const satisfies Record<string, Colours>;

type ColourName = keyof typeof COLOURS;

const NAMES = Object.keys(COLOURS).filter((name): name is ColourName => name in COLOURS);

/** Classes `f-NAME` (fill) and `s-NAME` (stroke) for shapes. */
export const SHAPE_STYLE = scheme((name, value) => `.f-${name}{fill:${value}}.s-${name}{stroke:${value}}`);

/** Variables `--NAME` for the page around them. */
export const PAGE_VARIABLES = `:root{color-scheme:light dark}${scheme((name, value) => `:root{--${name}:${value}}`)}`;

function scheme(rule: (name: ColourName, value: string) => string): string {
  const rules = (theme: keyof Colours): string =>
    NAMES.map((name) => rule(name, COLOURS[name][theme])).join('');
  return `${rules('light')}@media (prefers-color-scheme:dark){${rules('dark')}}@media print{${rules('light')}}`;
}
