/** Tells the person at the terminal. A terminal that was closed is no reason to fail. */
export function say(text: string): void {
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => {})
  process.stdout.write(`${text}\n`)
}
