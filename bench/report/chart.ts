/** Line charts as SVG, readable on a light and a dark page, standalone or inside a page. */
import { escapeMarkup } from '../../local/report/printable.ts';
import { label, px } from '../../local/report/svg.ts';
import { figure } from './numbers.ts';

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly lines: readonly Line[];
  readonly logX?: boolean;
  /** End of the x axis; values beyond it are cut off. */
  readonly xMax?: number;
}

const WIDTH = 760;
const HEIGHT = 360;
const LEFT = 64;
const RIGHT = 190;
const TOP = 44;
const BOTTOM = 46;

/** The lines differ in their dashes, so they can be told apart without colour. */
const STYLES = [
  { light: '#d9730d', dark: '#f2a541', dash: '', width: 2.6 },
  { light: '#2f7fc1', dark: '#6fb3e8', dash: '6 3', width: 1.8 },
  { light: '#7e57c2', dark: '#b39ddb', dash: '2 3', width: 1.8 },
  { light: '#1f8a5b', dark: '#62c795', dash: '9 3 2 3', width: 1.8 },
  { light: '#6b7785', dark: '#9aa7b5', dash: '4 2', width: 1.8 },
  { light: '#c63d3d', dark: '#ef6f6c', dash: '1 2', width: 1.8 },
];

export function renderChart({ title, xTitle, yTitle, lines, logX = false, xMax }: Chart): string {
  const all = lines.flatMap(({ points }) => points);
  const xEnd = xMax ?? Math.max(...all.map(([x]) => x));
  const xStart = logX ? Math.min(...all.map(([x]) => x)) : 0;
  const yEnd = niceTop(Math.max(...all.map(([, y]) => y)));
  const across = WIDTH - LEFT - RIGHT;
  const down = HEIGHT - TOP - BOTTOM;
  const share = (x: number) =>
    logX ? Math.log(x / xStart) / Math.log(xEnd / xStart) : (x - xStart) / (xEnd - xStart);
  const toX = (x: number) => LEFT + across * share(x);
  const toY = (y: number) => TOP + down * (1 - y / yEnd);
  const xTicks = logX ? powersOfTen(xStart, xEnd) : steps(xEnd, 8);
  const parts = [
    label(title, LEFT, 20, { size: 15, bold: true }),
    label(yTitle, LEFT, 37, { size: 11, className: 'muted' }),
    label(xTitle, LEFT + across, HEIGHT - 8, { size: 11, className: 'muted', anchor: 'end' }),
    ...steps(yEnd, 5).flatMap((y) => [
      `<path class="grid" d="M${LEFT} ${px(toY(y))}h${across}"/>`,
      label(figure(y), LEFT - 8, toY(y) + 4, { size: 11, className: 'muted', anchor: 'end' }),
    ]),
    ...xTicks.map((x) =>
      label(figure(x), toX(x), TOP + down + 18, { size: 11, className: 'muted', anchor: 'middle' }),
    ),
    ...lines.map(({ points, name }, index) => {
      const inside = points.filter(([x]) => x <= xEnd);
      const d = inside.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${px(toX(x))} ${px(toY(y))}`).join('');
      return `<path class="l${index % STYLES.length}" d="${d}"><title>${escapeMarkup(name)}</title></path>`;
    }),
    ...lines.flatMap(({ name }, index) => {
      const y = TOP + 12 + index * 20;
      const x = LEFT + across + 14;
      return [
        `<path class="l${index % STYLES.length}" d="M${x} ${y - 4}h24"/>`,
        label(name, x + 30, y, { size: 12, className: 'text' }),
      ];
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" role="img" aria-label="${escapeMarkup(title)}"><style>${STYLE}</style><rect class="card" width="${WIDTH}" height="${HEIGHT}" rx="8"/>${parts.join('')}</svg>\n`;
}

const STYLE = [
  '.card{fill:#fff}.text,.f-text{fill:#17202a}.muted{fill:#566270}.grid{stroke:#dfe5eb}',
  ...STYLES.map(
    ({ light, dash, width }, index) =>
      `.l${index}{fill:none;stroke:${light};stroke-width:${width};stroke-dasharray:${dash || 'none'};stroke-linejoin:round}`,
  ),
  '@media (prefers-color-scheme:dark){.card{fill:#171e26}.text,.f-text{fill:#e8edf2}.muted{fill:#9aa7b5}.grid{stroke:#2b3540}',
  ...STYLES.map(({ dark }, index) => `.l${index}{stroke:${dark}}`),
  '}',
].join('');

/** From 0 in round steps. */
function steps(end: number, atMost: number): number[] {
  const raw = end / atMost;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((each) => each >= raw) ?? raw;
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, index) => index * step);
}

function niceTop(value: number): number {
  const ticks = steps(value, 5);
  const step = ticks[1] ?? value;
  return Math.ceil(value / step - 1e-9) * step || 1;
}

function powersOfTen(start: number, end: number): number[] {
  const powers: number[] = [];
  for (let power = 10 ** Math.ceil(Math.log10(start) - 1e-9); power <= end * (1 + 1e-9); power *= 10)
    powers.push(power);
  return powers;
}
