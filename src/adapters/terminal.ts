/** stdout and stderr: what `report/terminal.ts` asks of a terminal, a pipe or a file. */
/**
 * @param redact goes over every text, so that no secret reaches a screen or the journal
 * @param onLost something that was written did not arrive: the disk below a file is full
 */
export function terminal(stream: NodeJS.WriteStream, redact: (text: string) => string, onLost: (why: string) => void) {
  const screen = Boolean(stream.isTTY) && process.env['TERM'] !== 'dumb';
  // Whoever reads us may go away (`proxroll plan | head`): that is no error of ours, and nobody is left to be told.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') onLost(error.message);
  });
  return {
    write: (text: string) => void stream.write(redact(text)),
    isTerminal: screen,
    colour: screen && (process.env['NO_COLOR'] ?? '') === '',
    columns: () => stream.columns || 80,
    rows: () => stream.rows || 24,
    onResize: (listener: () => void) => {
      stream.on('resize', listener);
      return () => stream.off('resize', listener);
    },
  };
}
