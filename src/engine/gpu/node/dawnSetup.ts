import { provideWebGpu } from './dawn'

await provideWebGpu()
