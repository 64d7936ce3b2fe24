import type { Theme } from './theme.ts'
import type { Language } from './words/use-words.ts'

export interface ShellProps {
  language: Language
  onLanguage: (language: Language) => void
  theme: Theme | undefined
  onTheme: (theme: Theme | undefined) => void
}
