/** How good a rating is: 1 to 5, 5 being the best. */
export function ratingTone(score: number): 'good' | 'soon' | 'bad' {
  if (score >= 4) return 'good'
  return score === 3 ? 'soon' : 'bad'
}
