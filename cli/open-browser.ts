/** Opens an address in the user's browser, where there is one; where there is none the address was printed. */
import { spawn } from 'node:child_process';

export function openBrowser(url: string): void {
  const [command, ...args] = commandFor(url);
  // Over ssh and in scripts nobody sits before a browser of this machine.
  if (command === undefined || !process.stdout.isTTY) return;
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}

function commandFor(url: string): string[] {
  if (process.platform === 'darwin') return ['open', url];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url];
  const hasScreen = process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined;
  return hasScreen ? ['xdg-open', url] : [];
}
