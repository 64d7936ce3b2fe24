/** Why Lupa cannot start or go on, in words for the person at the terminal; shown without a stack. */
export class LauncherError extends Error {
  override readonly name = 'LauncherError'
}
