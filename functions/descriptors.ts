/** The file descriptor of the input of a separate process (watched-process.ts). */
export const INPUT = 6;
