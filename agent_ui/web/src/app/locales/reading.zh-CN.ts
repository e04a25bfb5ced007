/** What is read out of customers' words. */
export default {
  reading: {
    title: '识别到的内容',
    of_said: '从客户的话中识别',
    of_typed: '从描述中识别',
    take: '采用',
    take_value: '采用：{value}',
    sure: '把握 {share}',
    fields: {
      type: '类型',
      severity: '严重程度',
      urgency: '紧迫程度',
      priority: '优先级',
      product: '产品',
      demand: '诉求',
      amount: '金额',
      date: '日期',
      phone: '电话',
      order: '单号',
    },
    severity: { critical: '危急', major: '严重' },
    urgency: { immediate: '立即', soon: '尽快' },
    sources: { rule: '按规则', learned: '按已结工单', pattern: '按写法' },
  },
}
