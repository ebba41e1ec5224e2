import { z } from 'zod'

/** A side or [height, width], as a number, a list, or the text of either ("128", "(96, 160)", "96x160"). */
export const imageSize = z
  .union([z.number(), z.string(), z.tuple([z.number(), z.number()])])
  .transform((value, context): [number, number] => {
    const sides = typeof value === 'string' ? (value.match(/\d+/g) ?? []).map(Number) : [value].flat()
    const [height, width = height] = sides
    if (height && width && sides.length <= 2) return [height, width]
    context.issues.push({ code: 'custom', message: 'not a size of an image', input: value })
    return z.NEVER
  })
