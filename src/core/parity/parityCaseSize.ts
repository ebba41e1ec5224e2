import { z } from 'zod'

const shape = z.array(z.number())
const schema = z.looseObject({
  weights: z.looseObject({ tensors: z.array(z.tuple([z.string(), shape], z.unknown())) }).optional(),
  inputs: z.array(z.looseObject({ shape })).optional(),
})

/**
 * How many values a case's weights and inputs have, without making them: what running it costs.
 *
 * @param caseJson bytes of its case.json; zeros where they are damaged, which running the case reports.
 */
export function parityCaseSize(caseJson: Uint8Array): { weights: number; inputs: number } {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(caseJson))
  } catch {
    return { weights: 0, inputs: 0 }
  }
  const described = schema.safeParse(json).data
  const weights = described?.weights?.tensors.map(([, extents]) => extents) ?? []
  return { weights: count(weights), inputs: count(described?.inputs?.map(input => input.shape) ?? []) }
}

function count(shapes: readonly number[][]): number {
  return shapes.reduce((sum, extents) => sum + extents.reduce((size, extent) => size * extent, 1), 0)
}
