import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { en, type Words } from './en.ts'
import { ptBr } from './pt-br.ts'

export const DICTIONARIES = { en, 'pt-BR': ptBr } as const satisfies Record<string, Words>
export type Language = keyof typeof DICTIONARIES

export const LanguageContext = createContext<Language>('en')

export function useLanguage(): Language {
  return useContext(LanguageContext)
}

export function useWords(): Words {
  return DICTIONARIES[useLanguage()]
}

/** Of the languages a person reads, the first that there is a dictionary for. */
export function chooseLanguage(read: readonly string[]): Language {
  for (const tag of read) {
    const [language = ''] = tag.toLowerCase().split('-')
    if (language === 'pt') return 'pt-BR'
    if (language === 'en') return 'en'
  }
  return 'en'
}
