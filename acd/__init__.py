"""Who answers: queues, agent states, routing, offers, wrap-up."""
