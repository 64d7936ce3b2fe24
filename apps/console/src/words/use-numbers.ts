import { useMemo } from 'preact/hooks'
import { useWords } from './use-words.ts'

/** Numbers, sizes and times as they are written in the language of the page. */
export interface Numbers {
  number: (value: number, digits?: number) => string
  percent: (share: number, digits?: number) => string
  ms: (ms: number) => string
  seconds: (seconds: number) => string
  bytes: (bytes: number) => string
  moment: (iso: string) => string
  ago: (iso: string, now?: number) => string
}

export function useNumbers(): Numbers {
  const words = useWords()
  return useMemo(() => {
    const { locale, common } = words
    const number = (value: number, digits = 0) =>
      value.toLocaleString(locale, { maximumFractionDigits: digits, minimumFractionDigits: 0 })
    return {
      number,
      percent: (share, digits = 0) =>
        share.toLocaleString(locale, {
          style: 'percent',
          maximumFractionDigits: digits,
          minimumFractionDigits: digits,
        }),
      ms: (ms) =>
        ms >= 10_000
          ? common.seconds(number(ms / 1000, 1))
          : common.milliseconds(number(ms, ms < 10 ? 1 : 0)),
      seconds: (seconds) => number(seconds, seconds < 10 ? 1 : 0),
      bytes: (bytes) =>
        bytes >= 1_000_000
          ? `${number(bytes / 1_000_000, 1)} MB`
          : bytes >= 1000
            ? `${number(bytes / 1000)} kB`
            : `${number(bytes)} B`,
      moment: (iso) => new Date(iso).toLocaleString(locale, { dateStyle: 'short', timeStyle: 'medium' }),
      ago: (iso, now = Date.now()) => {
        const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000))
        if (seconds < 5) return common.justNow
        if (seconds < 60) return common.secondsAgo(number(seconds))
        if (seconds < 3600) return common.minutesAgo(number(Math.floor(seconds / 60)))
        if (seconds < 86_400) return common.hoursAgo(number(Math.floor(seconds / 3600)))
        return new Date(iso).toLocaleDateString(locale, { dateStyle: 'medium' })
      },
    }
  }, [words])
}
