/**
 * A codestream of 80 x 48 pixels of 12 bits in six tiles of 32 x 32, lossless with one wavelet level, as GDAL wrote it
 * (-co CODEC=J2K -co NBITS=12 -co BLOCKXSIZE=32 -co BLOCKYSIZE=32 -co RESOLUTIONS=2): waves with noise, whose sum is
 * TINY_JP2_SUM.
 */
const ONE_PART =
  '/0//UQApAAIAAABQAAAAMAAAAAAAAAAAAAAAIAAAACAAAAAAAAAAAAABCwEB/1IADgEAAAEAAQQEAAGYmf9cAAdAYGhocP9kAD0A' +
  'AUNyZWF0ZWQgYnkgT3BlbkpQRUcgdmVyc2lvbiAyLjUuMC4gTE9TU0xFU1Mgc2V0dGluZ3MgdXNlZP+QAAoAAAAAAswAAf+Tz+dT' +
  'gBzWOZgYRFpx+u1SXf7dTrQbw8D8vLsYY3Kdt3QFulgPG7XelGneTazUfasSXsLN9SN/ZkbvXAFG3QvmJ/ATaBk/sE9KwN3BbCGq' +
  'v6Z5fxGfmigOphg/IMx8FxccdNlNfD0iCH/9JvbfAG/y6LnWN56WgTizLFhRGjA74Gavz8PJPGg9LxtMrN5j+bqU69SfQyBZc7F4' +
  'GOdmOmmn4lZxtHfKBolqjY2+dLoSsHgYcLdBQQhgq4K2p+mt/tv2vfKfgcFwCziaUAEtD5RY5X97fySXY3Upv25YIOb3f6+2RtpR' +
  '0tg401vXW8IhDaNabzkAW211i6y7AheTfwanT19bIy2RYsTUjomxYhuinSF/O1h+fcYeFQByZSSXUhhXrH7ixXVkR/j0EVkOgizz' +
  'qJzyb0GiHxAUzO1CHEyRjwhzFjmeGuvL5x+5vW180a+vX7/Afa9QPwpuAHz0wF77xQn4a/gmOh2RZruKvKnrKWKDu/MBpliHM5vC' +
  'XfedAs90hC7W5f9ZFGEPex5swvKy5yrsZLPmTpp4OlX6Wl6GE+r+ehX6Og1ewkUFcAaM9556HpX40xgLi2p/olt1EN2D0/iEAEpW' +
  'n08dTMauAteSb5YebzYIc71/nbBe9aUmoteFUzSsuKTBslYrJVmJrDJ6L0HeEu/a8owq4Mse5FDk0rok/3iJsF+OYSTerIhgLwHO' +
  'bw7+EQMO0T1NvezZdsVUfHPEqKp5+NdBZnq+Y6OyPPPmCsoU+2Wt2qx3MZEBmSqRLiiqZ93mSjNjrJshnYqhra/zkgK/oO5CncVj' +
  'Y7yXMtdrEb33iDH7uEg485TQ4r99ftMdAAR6djCSLzffLHwQUn9UBcVSgjSZ3IO9AieCbUovNqtwqlS3F/ku1OdI13CsLb9K0SpH' +
  '4573nYL5yTZh7ElvXLPp/W3Z2UmQO7R//5AACgABAAAC5wAB/5PP51SAX5L2Pm6uhxAJh+3H2A13mLx/iR5OrAOI6+b4Vha/QOoO' +
  'O1hmsuN/rPmfNYJpeSCc36XtdHCgBAdw5CFU4+vljTbyPyseWQHa8gYwAUXPyybc7solU03iPF9UyiBLUlRv4fOtyXh3Mc0+bL4F' +
  'vmWLB9R8/vNJW694OWkytLaljd/uPKew/cp51skJieh5S1nL0WhHNuLmg5grGtmuQPNt269Fn0mH5Lwvls8u0Z0UatlxUZ+NTRDd' +
  'iU81UqNjBIxD8xAko7+e0WX40rG8wr9lcxKR7hpPQqLXNgOWOjktR4aTxUFXFPL4vyLKVFZmVdIibCUxnxQYOfsDJnFVtOOcpTGN' +
  'cXs/S7ZPVuNJldu2Ylu/mLcp1nDgLwfDh+iCdWcuszcUFdm4BE4sa1+mBr+m1/A1iCzVeN7FGjCCGD2sCNTwzsxzgs4QI0A5U0wg' +
  'Iaw54r/AfbQED8KlgD6lMF+nx4mv4+8pNiA5AF5DAgs+rEjkOrBg8hsBtUl9ku3YDXQY+epHCKnnTl26DSTSxm5ulVYc8SBSaqGO' +
  'yuJFN0oIMe679pRb8KB89JTkXTHTaQ36Aftum+pBoo2CjExTUxvOP2iLkGWRGgza3GvfEO0mCO45NSrRTqvC4vDKxgg/nauHwbak' +
  'nZOuA+wb6XnS+ACjc+usGZBXSFbrP6hGJSeePgQnRIGBE+hZzwjXoVEDFWyY3EWzTa02mHZFQWnw62br7XsCQ1vp1cXSf19HBAEF' +
  'UYiM0426T8kZUC87kWKFLEZRl5g4e5uuVZJBn0VCDP9kp7XVW/MN05Ot0FclFfqvzPzEzD0BMHe/GZOGsxF0WMiQium4Ji83e0ZT' +
  'UaJcDJZwjAtHrcYD3iOGefQilQ6Cc0veR97tbCJJNO787flrCL9B++3yxlYOSlkzx+0BksZIB6SfRhPGKjleH4GlSDbyuTanWtSl' +
  'cqgqT0Rjxvju1X5Cz0nrKH//kAAKAAIAAAGPAAH/k8/mpBQAWvmdYKmu2lKgaf1sIW6UZlGY8e7Iqsh/JmMjd3zaknUXyoIa5XWc' +
  'zUJZ9x9jfVsrOeaW+s3Pxa4Grv5da84LYvpSjrk7xHw1yb1nW1EptRT6PgERIbcNE0UFtwxhpHyqv/G5mphavSnM5UpBW1E1mreL' +
  'rLvvZwRRzm+QHXUjwvVODCpof4N9Z2KfUbS2gYVRJDAswdE2pDJdJKRZ7p55Z26/wH2pkD8FWAPqLzX1dm//MmFrkktnXZo8vu4j' +
  'B65n+vYNeS9ejC9ZZEOScAUfqdI+EKoK3FqAT9LRwjDd5pOtbRQ7iom75ijyYHQMduAhoYFZs1WRsH+HUQ+Jdm3rqwyh6Zc0MrxT' +
  '5qtF9/xwJQQTMOoKeziQ/V+q7fZE4QX4+b6DFBazEDzIcXz4cJ0haTGXqvwa1xfzu0Zq+CNDxsaJGuNG5xBw++OiwdPfOV1AcwkV' +
  'K8K8LWlanX/BK2z0chZyN+arE10wyJF9zadQL4s8p0QDDxo/ust3jM//kAAKAAMAAAGSAAH/k8/mqykSt7BI2eXdsmZ8KZYLMyWg' +
  'ec4XGiTV2V7aIXH/ZL5PEhyg0dXpWHQ3/dbqtD9zVhX0ixVo8zmTLJCK6Fomby1kTyz9E0nJI0pszp9xZHIGe7oF3tu/s79es37H' +
  'cvKQRbqcbwmTE5g2k9laWIB2L6p8wANcF0Y1mPxg7lAa5CyyI1oPddg3VC9MgkbuHDzrbZG6xBQDcMjG4wvc6Q4YicAI7ZDNyxHj' +
  '+RDHRMB9qRAPqVIAfOvAXvtorVazmyw+CWnDbgg3l347Y48yLFHRIdzej5IAgpEwvuADP5+I9sH/LMpY4CUB4L/40NyaE1+Hg6jZ' +
  'tD0qLNG7k6DARNO/Z2qKGyaJhUcjSIQeWI2xbIV3nNQvXJpPY6voilybpD5BeIRmORmn9dO8/ywtEnXAzfiVayHh0YBUakKKVkZj' +
  'k/Z39wFwfeJLhBLhHR1PuqxYo+SPLg+Qadhx9oZd5MvS+Bdczj6ny0sQOFJFPioF9LU7brCOi9zMEhgPPlkzBMiOeZn/kAAKAAQA' +
  'AAGGAAH/k8/mqByWBBDS+UOpf2HIY6heyGfj4DCXyGVo+TIl3fqXoG95nNoVuUO+CbUcG/FLZ61XfZaVtSVi7P9DcVF8T8sLqFLY' +
  'N05wiF3c7cGHB4I8tmtZyXFAT9WZ67CmO6NV0/VOT5o/EjnBSy02YH6yP24oyv9pUmJuXG/0sED30k4z6efWYUZx+V1ko+fUMWuX' +
  'WxVfsn4zmWPQYMa0QmBvvq/s1PXzTK0d6/xtJcB9qLAPqUIAfOtAX6d+k2eHJbsXhGPRCAa0Cuj3sffb91462qxcUgpC5yYQfCun' +
  'qNfaFK4Subtf2hLw4vi8BCTivSkaf+/gioJ1bCt4eNe/ZygX88w95YqQn3RHNPdFgt9Sq8Zv9ZsOzt090v1DAeHLs2g1L8ONPETC' +
  'l5PUWKA4sEfy8xlVIMvTYGa1Co6qrlUKFLxqSaww3sx9IchKeo8dyB1SKGpgbrr2cyqkpDuTBmnYkIUGDzABVAUAUX13iHzcjPfJ' +
  'v/HUzYvu/wP/kAAKAAUAAADaAAH/k8/lWANsPpTPKqOItkskbjZIf2lHQXWVuWWJMnw6i0llT5ISFWdOKBU2GW6hIwrQTaoFlQUI' +
  'TfeS105KRgY6kcUjIQDgFBmOGVR82hebM38BLVK+zBJMiPWbwH2lEA+oqgB85YA19Y+8ZAdVG82E8jsjypaPGjsNDtm7oNKBXX4Y' +
  '3BbE2/xuQnylZ7dfPmKfO0rZ8ig1Af0I3UEVD3u7MI9tuGnsLXaUrTjrtQzRsrXVM48j79sxKLdR5M37si5EUua1gOR2P8Z4Xg0N' +
  'X//Z'

/** The same pixels with a tile-part for each resolution (-co TILEPARTS=RESOLUTIONS). */
const TWO_PARTS =
  '/0//UQApAAIAAABQAAAAMAAAAAAAAAAAAAAAIAAAACAAAAAAAAAAAAABCwEB/1IADgEAAAEAAQQEAAGYmf9cAAdAYGhocP9kAD0A' +
  'AUNyZWF0ZWQgYnkgT3BlbkpQRUcgdmVyc2lvbiAyLjUuMC4gTE9TU0xFU1Mgc2V0dGluZ3MgdXNlZP+QAAoAAAAAAWAAAv+Tz+dT' +
  'gBzWOZgYRFpx+u1SXf7dTrQbw8D8vLsYY3Kdt3QFulgPG7XelGneTazUfasSXsLN9SN/ZkbvXAFG3QvmJ/ATaBk/sE9KwN3BbCGq' +
  'v6Z5fxGfmigOphg/IMx8FxccdNlNfD0iCH/9JvbfAG/y6LnWN56WgTizLFhRGjA74Gavz8PJPGg9LxtMrN5j+bqU69SfQyBZc7F4' +
  'GOdmOmmn4lZxtHfKBolqjY2+dLoSsHgYcLdBQQhgq4K2p+mt/tv2vfKfgcFwCziaUAEtD5RY5X97fySXY3Upv25YIOb3f6+2RtpR' +
  '0tg401vXW8IhDaNabzkAW211i6y7AheTfwanT19bIy2RYsTUjomxYhuinSF/O1h+fcYeFQByZSSXUhhXrH7ixXVkR/j0EVkOgizz' +
  'qJzyb0GiHxAUzO1CHEyRjwhzFjmeGuvL5x+5vW180a+vX7//kAAKAAAAAAF6AQL/k8B9r1A/Cm4AfPTAXvvFCfhr+CY6HZFmu4q8' +
  'qespYoO78wGmWIczm8Jd950Cz3SELtbl/1kUYQ97HmzC8rLnKuxks+ZOmng6VfpaXoYT6v56Ffo6DV7CRQVwBoz3nnoelfjTGAuL' +
  'an+iW3UQ3YPT+IQASlafTx1Mxq4C15Jvlh5vNghzvX+dsF71pSai14VTNKy4pMGyVislWYmsMnovQd4S79ryjCrgyx7kUOTSuiT/' +
  'eImwX45hJN6siGAvAc5vDv4RAw7RPU297Nl2xVR8c8Soqnn410Fmer5jo7I88+YKyhT7Za3arHcxkQGZKpEuKKpn3eZKM2OsmyGd' +
  'iqGtr/OSAr+g7kKdxWNjvJcy12sRvfeIMfu4SDjzlNDiv31+0x0ABHp2MJIvN98sfBBSf1QFxVKCNJncg70CJ4JtSi82q3CqVLcX' +
  '+S7U50jXcKwtv0rRKkfjnvedgvnJNmHsSW9cs+n9bdnZSZA7tH//kAAKAAEAAAFkAAL/k8/nVIBfkvY+bq6HEAmH7cfYDXeYvH+J' +
  'Hk6sA4jr5vhWFr9A6g47WGay43+s+Z81gml5IJzfpe10cKAEB3DkIVTj6+WNNvI/Kx5ZAdryBjABRc/LJtzuyiVTTeI8X1TKIEtS' +
  'VG/h863JeHcxzT5svgW+ZYsH1Hz+80lbr3g5aTK0tqWN3+48p7D9ynnWyQmJ6HlLWcvRaEc24uaDmCsa2a5A823br0WfSYfkvC+W' +
  'zy7RnRRq2XFRn41NEN2JTzVSo2MEjEPzECSjv57RZfjSsbzCv2VzEpHuGk9Cotc2A5Y6OS1HhpPFQVcU8vi/IspUVmZV0iJsJTGf' +
  'FBg5+wMmcVW045ylMY1xez9Ltk9W40mV27ZiW7+YtynWcOAvB8OH6IJ1Zy6zNxQV2bgETixrX6YGv6bX8DWILNV43sUaMIIYPawI' +
  '1PDOzHOCzhAjQDlTTCAhrDniv/+QAAoAAQAAAZEBAv+TwH20BA/CpYA+pTBfp8eJr+PvKTYgOQBeQwILPqxI5DqwYPIbAbVJfZLt' +
  '2A10GPnqRwip505dug0k0sZubpVWHPEgUmqhjsriRTdKCDHuu/aUW/CgfPSU5F0x02kN+gH7bpvqQaKNgoxMU1Mbzj9oi5BlkRoM' +
  '2txr3xDtJgjuOTUq0U6rwuLwysYIP52rh8G2pJ2TrgPsG+l50vgAo3PrrBmQV0hW6z+oRiUnnj4EJ0SBgRPoWc8I16FRAxVsmNxF' +
  's02tNph2RUFp8Otm6+17AkNb6dXF0n9fRwQBBVGIjNONuk/JGVAvO5FihSxGUZeYOHubrlWSQZ9FQgz/ZKe11VvzDdOTrdBXJRX6' +
  'r8z8xMw9ATB3vxmThrMRdFjIkIrpuCYvN3tGU1GiXAyWcIwLR63GA94jhnn0IpUOgnNL3kfe7WwiSTTu/O35awi/Qfvt8sZWDkpZ' +
  'M8ftAZLGSAekn0YTxio5Xh+BpUg28rk2p1rUpXKoKk9EY8b47tV+Qs9J6yh//5AACgACAAAAtQAC/5PP5qQUAFr5nWCprtpSoGn9' +
  'bCFulGZRmPHuyKrIfyZjI3d82pJ1F8qCGuV1nM1CWfcfY31bKznmlvrNz8WuBq7+XWvOC2L6Uo65O8R8Ncm9Z1tRKbUU+j4BESG3' +
  'DRNFBbcMYaR8qr/xuZqYWr0pzOVKQVtRNZq3i6y772cEUc5vkB11I8L1TgwqaH+DfWdin1G0toGFUSQwLMHRNqQyXSSkWe6eeWdu' +
  'v/+QAAoAAgAAAOgBAv+TwH2pkD8FWAPqLzX1dm//MmFrkktnXZo8vu4jB65n+vYNeS9ejC9ZZEOScAUfqdI+EKoK3FqAT9LRwjDd' +
  '5pOtbRQ7iom75ijyYHQMduAhoYFZs1WRsH+HUQ+Jdm3rqwyh6Zc0MrxT5qtF9/xwJQQTMOoKeziQ/V+q7fZE4QX4+b6DFBazEDzI' +
  'cXz4cJ0haTGXqvwa1xfzu0Zq+CNDxsaJGuNG5xBw++OiwdPfOV1AcwkVK8K8LWlanX/BK2z0chZyN+arE10wyJF9zadQL4s8p0QD' +
  'Dxo/ust3jM//kAAKAAMAAAC8AAL/k8/mqykSt7BI2eXdsmZ8KZYLMyWgec4XGiTV2V7aIXH/ZL5PEhyg0dXpWHQ3/dbqtD9zVhX0' +
  'ixVo8zmTLJCK6Fomby1kTyz9E0nJI0pszp9xZHIGe7oF3tu/s79es37HcvKQRbqcbwmTE5g2k9laWIB2L6p8wANcF0Y1mPxg7lAa' +
  '5CyyI1oPddg3VC9MgkbuHDzrbZG6xBQDcMjG4wvc6Q4YicAI7ZDNyxHj+RDHRP+QAAoAAwAAAOQBAv+TwH2pEA+pUgB868Be+2it' +
  'VrObLD4JacNuCDeXfjtjjzIsUdEh3N6PkgCCkTC+4AM/n4j2wf8syljgJQHgv/jQ3JoTX4eDqNm0PSos0buToMBE079naoobJomF' +
  'RyNIhB5YjbFshXec1C9cmk9jq+iKXJukPkF4hGY5Gaf107z/LC0SdcDN+JVrIeHRgFRqQopWRmOT9nf3AXB94kuEEuEdHU+6rFij' +
  '5I8uD5Bp2HH2hl3ky9L4F1zOPqfLSxA4UkU+KgX0tTtusI6L3MwSGA8+WTMEyI55mf+QAAoABAAAALkAAv+Tz+aoHJYEENL5Q6l/' +
  'YchjqF7IZ+PgMJfIZWj5MiXd+pegb3mc2hW5Q74JtRwb8UtnrVd9lpW1JWLs/0NxUXxPywuoUtg3TnCIXdztwYcHgjy2a1nJcUBP' +
  '1ZnrsKY7o1XT9U5Pmj8SOcFLLTZgfrI/bijK/2lSYm5cb/SwQPfSTjPp59ZhRnH5XWSj59Qxa5dbFV+yfjOZY9BgxrRCYG++r+zU' +
  '9fNMrR3r/G0l/5AACgAEAAAA2wEC/5PAfaiwD6lCAHzrQF+nfpNnhyW7F4Rj0QgGtAro97H32/deOtqsXFIKQucmEHwrp6jX2hSu' +
  'Erm7X9oS8OL4vAQk4r0pGn/v4IqCdWwreHjXv2coF/PMPeWKkJ90RzT3RYLfUqvGb/WbDs7dPdL9QwHhy7NoNS/DjTxEwpeT1Fig' +
  'OLBH8vMZVSDL02BmtQqOqq5VChS8akmsMN7MfSHISnqPHcgdUihqYG669nMqpKQ7kwZp2JCFBg8wAVQFAFF9d4h83Iz3yb/x1M2L' +
  '7v8D/5AACgAFAAAAZwAC/5PP5VgDbD6UzyqjiLZLJG42SH9pR0F1lblliTJ8OotJZU+SEhVnTigVNhluoSMK0E2qBZUFCE33ktdO' +
  'SkYGOpHFIyEA4BQZjhlUfNoXmzN/AS1SvswSTIj1m/+QAAoABQAAAIEBAv+TwH2lEA+oqgB85YA19Y+8ZAdVG82E8jsjypaPGjsN' +
  'Dtm7oNKBXX4Y3BbE2/xuQnylZ7dfPmKfO0rZ8ig1Af0I3UEVD3u7MI9tuGnsLXaUrTjrtQzRsrXVM48j79sxKLdR5M37si5EUua1' +
  'gOR2P8Z4Xg0NX//Z'

export const TINY_JP2_SUM = 7969553

const decoded = (text: string) => Uint8Array.from(atob(text), letter => letter.charCodeAt(0))

/** A small raw codestream, of one or two tile-parts a tile; bytes of the caller's own. */
export function tinyCodestream({ parts = 1 }: { parts?: 1 | 2 } = {}): Uint8Array {
  return decoded(parts === 1 ? ONE_PART : TWO_PARTS)
}

/** A box of a JP2 file. */
export function box(type: string, ...content: Uint8Array[]): Uint8Array {
  const head = new Uint8Array(8)
  new DataView(head.buffer).setUint32(0, 8 + content.reduce((sum, piece) => sum + piece.length, 0))
  head.set(text(type), 4)
  return Uint8Array.from([head, ...content].flatMap(piece => [...piece]))
}

const text = (value: string) => new TextEncoder().encode(value)

/** A codestream in a JP2 file, with a GMLJP2 document and other boxes where they are given. */
export function tinyJp2(
  codestream: Uint8Array = tinyCodestream(),
  { gml, boxes = [] }: { gml?: string; boxes?: Uint8Array[] } = {},
): Uint8Array {
  const root =
    gml === undefined ? [] : [box('asoc', box('lbl ', text('gml.root-instance')), box('xml ', text(gml)))]
  const parts = [
    box('jP  ', Uint8Array.of(13, 10, 0x87, 10)),
    box('ftyp', text('jp2 '), new Uint8Array(4), text('jp2 ')),
    ...root.map(document => box('asoc', box('lbl ', text('gml.data')), document)),
    ...boxes,
    box('jp2c', codestream),
  ]
  return Uint8Array.from(parts.flatMap(part => [...part]))
}
