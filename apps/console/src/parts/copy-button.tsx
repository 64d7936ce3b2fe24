import { useEffect, useState } from 'preact/hooks'
import { useWords } from '../words/use-words.ts'
import { Icon } from './icon.tsx'

export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { common } = useWords()
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return undefined
    const timer = window.setTimeout(() => setCopied(false), 2000)
    return () => window.clearTimeout(timer)
  }, [isCopied])

  return (
    <button type="button" class="button" onClick={() => void copy(text).then(() => setCopied(true))}>
      <Icon name={isCopied ? 'check' : 'copy'} />
      <span aria-live="polite">{isCopied ? common.copied : (label ?? common.copy)}</span>
    </button>
  )
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    copyBySelection(text)
  }
}

/** The clipboard is for secure contexts only, and a gateway may be reached by plain HTTP. */
function copyBySelection(text: string): void {
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}
