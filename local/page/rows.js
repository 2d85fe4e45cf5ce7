/**
 * Elements, and lists of them that follow the data. An element stays the same while its row exists, so it
 * keeps the keyboard focus and stays open. Text is only ever set as text.
 */
export function element(name, { className, text, label, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  if (className !== undefined) made.className = className;
  if (text !== undefined) made.textContent = text;
  if (label !== undefined) made.dataset.label = label;
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** `make(item)` returns `{ node, update(item) }`. Returns a function to call with each new list. */
export function createRows(parent, idOf, make) {
  const rows = new Map();
  return (items) => {
    const focused = document.activeElement;
    const wanted = new Set(items.map(idOf));
    for (const [id, { node }] of rows) {
      if (wanted.has(id)) continue;
      if (node.contains(focused)) headingOf(parent)?.focus();
      node.remove();
      rows.delete(id);
    }
    let next = parent.firstElementChild;
    for (const item of items) {
      const id = idOf(item);
      let row = rows.get(id);
      if (row === undefined) {
        row = make(item);
        rows.set(id, row);
      }
      row.update(item);
      if (row.node === next) next = next.nextElementSibling;
      else parent.insertBefore(row.node, next);
    }
    // A row that is moved loses the focus.
    if (focused !== document.activeElement && parent.contains(focused)) focused.focus();
  };
}

function headingOf(parent) {
  return parent.closest('section')?.querySelector('[tabindex="-1"]');
}

/** A row of plain cells: the first one is its heading, the others are numbers. */
export function plainRow(labels, cellsOf) {
  return (item) => {
    const cells = cellsOf(item).map((_, index) =>
      index === 0
        ? element('th', { scope: 'row' })
        : element('td', { className: 'number', label: labels[index] }),
    );
    const update = (changed) => {
      for (const [index, text] of cellsOf(changed).entries()) setText(cells[index], text);
    };
    return { node: element('tr', {}, ...cells), update };
  };
}

export function button(text, label, onPress) {
  const made = element('button', { type: 'button', text, 'aria-label': label });
  made.addEventListener('click', () => {
    // Not `disabled`, which would take the focus away.
    if (made.getAttribute('aria-disabled') !== 'true') void onPress(made);
  });
  return made;
}
