/** Phone numbers as people read them; masked ones keep their stars. */

const SHAPES: readonly RegExp[] = [
  /^(1[\d*]{2})([\d*]{4})([\d*]{4})$/, // mobile
  /^([48]00)([\d*]{3})([\d*]{4})$/, // service
  /^(010|02[\d*])([\d*]{4})([\d*]{4})$/, // three-digit area
  /^(0[3-9*][\d*]{2})([\d*]{3,4})([\d*]{4})$/, // four-digit area
]

/** Chinese numbers in their usual groups, from any spelling; all others as they came. */
export function groupNumber(number: string): string {
  const plain = number.replace(/[\s()-]/g, '')
  const rest = plain.replace(/^(\+|00)86/, '')
  const spellings = rest === plain ? [plain] : [rest, `0${rest}`] // +86 drops the zero of an area code
  for (const spelling of spellings) {
    const match = SHAPES.map((shape) => shape.exec(spelling)).find((found) => found !== null)
    if (match) return match.slice(1).join(' ')
  }
  return number
}
