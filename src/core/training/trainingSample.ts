/** One labelled patch ready for a network. */
export interface TrainingSample {
  width: number
  height: number
  /** [H, W, bands] float32, NHWC, z-scored per domain; invalid pixels 0. */
  pixels: Float32Array
  /** [H, W] of 0, 1, 255; 255 wherever the pixel is invalid. */
  label: Uint8Array
  /**
   * [H, W] probability of landslide, the target in the place of a hard label where that is not 255; NaN: the label
   * stands. Absent or null: no pixel has one.
   */
  soft?: Float32Array | null
}

/** Samples of one domain, loaded one at a time so that memory stays bounded. */
export interface SampleProvider {
  readonly ids: readonly string[]
  load(id: string): Promise<TrainingSample>
}
