import { pairOf, type SwinConfig } from './config'

/** A window's tokens and how far shifted blocks roll their map, each [rows, columns]. */
export interface StageWindow {
  window: readonly [number, number]
  shift: readonly [number, number]
}

/**
 * The windows of a stage's blocks. timm clamps each side to the stage's map of the nominal input and then drops that
 * axis' shift (`SwinTransformerBlock._calc_window_shift`); the authors' segmentation code does neither.
 */
export function stageWindow(
  config: Pick<SwinConfig, 'window' | 'nominalSize' | 'patch'>,
  stage: number,
  padding: 'timm' | 'original',
): StageWindow {
  const side = config.window
  const sides = pairOf(config.nominalSize).map(pixels => {
    const map = Math.floor(Math.floor(pixels / config.patch) / 2 ** stage)
    if (padding === 'original' || map > side) return { side, shift: Math.floor(side / 2) }
    return { side: map, shift: 0 }
  })
  const [rows, columns] = sides
  return { window: [rows!.side, columns!.side], shift: [rows!.shift, columns!.shift] }
}
