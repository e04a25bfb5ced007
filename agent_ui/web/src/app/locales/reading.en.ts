/** What is read out of customers' words. */
export default {
  reading: {
    title: 'What was read',
    of_said: 'Heard from the customer',
    of_typed: 'Read in the description',
    take: 'Take',
    take_value: 'Take: {value}',
    sure: '{share} sure',
    fields: {
      type: 'Type',
      severity: 'Severity',
      urgency: 'Urgency',
      priority: 'Priority',
      product: 'Product',
      demand: 'Demand',
      amount: 'Amount',
      date: 'Date',
      phone: 'Phone',
      order: 'Order',
    },
    severity: { critical: 'Critical', major: 'Major' },
    urgency: { immediate: 'At once', soon: 'Soon' },
    sources: { rule: 'by rule', learned: 'by closed tickets', pattern: 'by how it is written' },
  },
}
