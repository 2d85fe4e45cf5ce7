/** The kind of a reason: its text without the names and numbers in it, so that one fault is one kind. */
export function kindOfReason(reason: string): string {
  return reason
    .replace(/\b[a-z][a-z\d+.-]*:\/\/[^\s"'<>]+/gi, 'URL')
    .replace(/(?<!\w)(["'`])(?:(?!\1)[^\n])*\1/g, 'NAME')
    .replace(/\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gi, 'ID')
    .replace(/\b(?=[a-z]*\d)[\da-z_]*(?:[-.:/][\da-z_]+)*\b/gi, 'ID')
    .replace(/\d+/g, '0')
    .slice(0, 300);
}
