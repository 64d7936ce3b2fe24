/** In MB, or kB where that is less than one. */
export function formatBytes(bytes: number): string {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`
}

/** `93.4 %` */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
