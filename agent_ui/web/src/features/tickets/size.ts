/** How large a file is, as people say it. */

const STEP = 1024

export function sizeOf(bytes: number, language: string): string {
  const figure = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
  if (bytes < STEP) return `${figure.format(bytes)} B`
  if (bytes < STEP * STEP) return `${figure.format(bytes / STEP)} KB`
  return `${figure.format(bytes / STEP / STEP)} MB`
}
