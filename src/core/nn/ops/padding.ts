/**
 * Zero padding of the two spatial axes. 'same' is TensorFlow's (the odd pixel goes to the bottom and right);
 * a number pads every side alike, as PyTorch does; else [[top, bottom], [left, right]].
 */
export type Padding2D = 'same' | number | readonly [readonly [number, number], readonly [number, number]]

type ExplicitPadding = [[number, number], [number, number], [number, number], [number, number]]

/** The padding in the form that TensorFlow.js takes for NHWC. */
export function toExplicitPadding(padding: Padding2D): 'same' | ExplicitPadding {
  if (padding === 'same') return 'same'
  const [rows, columns] =
    typeof padding === 'number'
      ? [
          [padding, padding],
          [padding, padding],
        ]
      : padding
  return [
    [0, 0],
    [rows![0]!, rows![1]!],
    [columns![0]!, columns![1]!],
    [0, 0],
  ]
}
