import { pairOf, type SwinConfig } from '../../models/swin/config'
import { stageWindow } from '../../models/swin/stageWindow'
import { relativePositionSelector, shiftMask } from '../../models/swin/windowTables'

const NAME = /^layers[_.](\d+)\.blocks\.(\d+)\.(?:attn\.)?(relative_position_index|attn_mask)$/

/**
 * A table that a Swin block computes with: `relative_position_index` [tokens, tokens], the row of the bias table that
 * each pair of tokens takes; `attn_mask` [windows, tokens, tokens] of a shifted block on the nominal input.
 *
 * @returns row-major; null for any other name.
 */
export function swinTable(
  config: Omit<SwinConfig, 'decoderChannels'>,
  padding: 'timm' | 'original',
  name: string,
): ArrayLike<number> | null {
  const [, stage, block, kind] = NAME.exec(name) ?? []
  if (!kind) return null
  const { window, shift } = stageWindow(config, Number(stage), padding)
  if (kind === 'relative_position_index') return rowsTaken(relativePositionSelector(window), window)
  if (Number(block) % 2 === 0) return null
  const [height, width] = pairOf(config.nominalSize).map((pixels, axis) => {
    const side = Math.floor(Math.floor(pixels / config.patch) / 2 ** Number(stage))
    return Math.ceil(side / window[axis]!) * window[axis]!
  })
  return shiftMask([height!, width!], window, shift)
}

/** Which row of each one-hot column is 1. */
function rowsTaken(selector: Float32Array, [rows, columns]: readonly [number, number]): Int32Array {
  const pairs = (rows * columns) ** 2
  const taken = new Int32Array(pairs)
  for (let i = 0; i < selector.length; i++) if (selector[i] === 1) taken[i % pairs] = Math.floor(i / pairs)
  return taken
}
