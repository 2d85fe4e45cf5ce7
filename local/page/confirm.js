/** Asks before a deletion. It is the browser's own dialog: it keeps the focus inside, and Escape means no. */
const byId = (id) => document.getElementById(id);

/** `what`: the name of the button, such as "Discard 3 dead letters". */
export function confirmed(what) {
  const dialog = byId('confirm');
  byId('confirm-text').textContent = `${what}? This deletes for good: it cannot be redriven afterwards.`;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    // The event of an earlier answer may arrive when the dialog is open again.
    dialog.onclose = () => {
      if (!dialog.open) resolve(dialog.returnValue === 'yes');
    };
    for (const answer of ['no', 'yes']) byId(`confirm-${answer}`).onclick = () => dialog.close(answer);
  });
}
