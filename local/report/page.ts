/** The frame of every page: one look, and a policy that forbids foreign content. */
import { PAGE_VARIABLES } from './palette.ts';
import { escapeMarkup } from './printable.ts';

export function renderPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeMarkup(title)}</title>
<style>${PAGE_VARIABLES}${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

const STYLE = `
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}
main{max-width:1160px;margin:0 auto;padding:32px 16px 48px}
h1{margin:0 0 20px;font-size:30px;line-height:1.2;overflow-wrap:anywhere}
h2{margin:0 0 4px;font-size:17px}
.kicker{margin:0;color:var(--muted);font-size:13px}
.card{margin:0 0 16px;padding:20px 24px;background:var(--card);border:1px solid var(--line);border-radius:10px}
.big{margin:0 0 10px;font-size:38px;font-weight:700;line-height:1.1;font-variant-numeric:tabular-nums}
.big small{font-size:15px;font-weight:400;color:var(--muted)}
.race{display:grid;grid-template-columns:140px 1fr 96px;gap:12px;align-items:center;padding:3px 0;font-size:14px}
.race b{font-variant-numeric:tabular-nums}
.lane span{display:block;height:14px;min-width:2px;border-radius:3px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.mine{background:var(--read)}
.other{background:var(--muted);opacity:.55}
.tiles{display:grid;grid-template-columns:repeat(8,1fr);gap:1px;margin:0 0 16px;background:var(--line);border:1px solid var(--line);border-radius:10px;overflow:hidden}
.tiles div{padding:12px 16px;background:var(--card)}
dt{color:var(--muted);font-size:13px}
dd{margin:0;font-size:21px;font-weight:600;font-variant-numeric:tabular-nums}
figure svg{display:block;width:100%;height:auto;print-color-adjust:exact;-webkit-print-color-adjust:exact}
figcaption,.note,footer{color:var(--muted);font-size:13px}
figcaption{margin-top:12px;max-width:75ch}
.narrow{display:none}
.alert{margin:0 0 16px;padding:10px 16px;border:1px solid var(--failed);border-radius:10px;color:var(--failed);font-weight:600}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse;font-size:14px}
th,td{padding:5px 0 5px 18px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
tr:last-child>*{border-bottom:0}
thead th{color:var(--muted);font-weight:400;font-size:13px}
th:first-child{padding-left:0;max-width:36ch;overflow:hidden;text-overflow:ellipsis;text-align:left;font-weight:600}
thead th:first-child{font-weight:400}
.state{max-width:70ch;overflow:hidden;text-overflow:ellipsis;text-align:left}
footer{max-width:75ch}
@media (max-width:640px){
main{padding:20px 10px 32px}
.card{padding:14px 14px}
.big small{display:block;margin-top:4px}
.wide{display:none}.narrow{display:block}
.race{grid-template-columns:1fr auto;gap:2px 12px}.race .lane{grid-column:1/-1;grid-row:2}
.tiles{grid-template-columns:repeat(4,1fr)}.tiles div{padding:8px 12px}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tbody,tr,tbody th,td{display:block}
tr{padding:8px 0;border-bottom:1px solid var(--line)}tr:last-child{border-bottom:0}
tbody th:first-child{max-width:none;padding:0 0 2px;border:0;white-space:normal;overflow-wrap:anywhere}
td,td.state{display:flex;justify-content:space-between;gap:16px;max-width:none;padding:1px 0;border:0;white-space:normal;overflow-wrap:anywhere;text-align:right}
td::before{content:attr(data-column);flex:none;color:var(--muted);text-align:left}
}
@media print{body{background:#fff;font-size:12px}main{max-width:none;padding:0}.card,.tiles{break-inside:avoid}.wide{display:block}.narrow{display:none}}
`;
