import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Choice } from './uploads/choice.ts'
import type { Uploads } from './uploads/uploads.ts'

export interface AppContext {
  uploads: Uploads
  choice: Choice
  setChoice: (choice: Choice) => void
  /** Anyone is let in: there is nobody to sign in. */
  isOpen: boolean
  /** Says something to those who listen to the page. */
  announce: (text: string) => void
}

export const AppContextValue = createContext<AppContext | null>(null)

export function useApp(): AppContext {
  const app = useContext(AppContextValue)
  if (!app) throw new Error('This part of the console is shown outside of it')
  return app
}
