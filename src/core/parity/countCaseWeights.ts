import { z } from 'zod'

const schema = z.looseObject({
  weights: z
    .looseObject({ tensors: z.array(z.tuple([z.string(), z.array(z.number())], z.unknown())) })
    .optional(),
})

/**
 * How many weights a case has, without making them: what running it costs.
 *
 * @param caseJson bytes of its case.json; 0 where they are damaged, which running the case reports.
 */
export function countCaseWeights(caseJson: Uint8Array): number {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(caseJson))
  } catch {
    return 0
  }
  const tensors = schema.safeParse(json).data?.weights?.tensors ?? []
  return tensors.reduce((sum, [, shape]) => sum + shape.reduce((size, extent) => size * extent, 1), 0)
}
