/** One labelled patch ready for a network. */
export interface TrainingSample {
  width: number
  height: number
  /** [H, W, bands] float32, NHWC, z-scored per domain; invalid pixels 0. */
  pixels: Float32Array
  /** [H, W] of 0, 1, 255; 255 wherever the pixel is invalid. */
  label: Uint8Array
}

/** Samples of one domain, loaded one at a time so that memory stays bounded. */
export interface SampleProvider {
  readonly ids: readonly string[]
  load(id: string): Promise<TrainingSample>
}
