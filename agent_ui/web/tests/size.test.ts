import { expect, it } from 'vitest'

import { sizeOf } from '@/features/tickets/size'

it('says in a few letters how large a file is', () => {
  expect([0, 1023, 1536, 20 * 1024 * 1024].map((bytes) => sizeOf(bytes, 'zh-CN'))).toEqual(['0 B', '1,023 B', '1.5 KB', '20 MB'])
})
