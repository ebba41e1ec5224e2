/** Repeats a line of WGSL: loops over registers have to be unrolled. */
export function repeat(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join('\n')
}

/** "sum0, sum1, ...": registers by number. */
export function names(stem: string, count: number): string {
  return Array.from({ length: count }, (_, i) => `${stem}${i}`).join(', ')
}
