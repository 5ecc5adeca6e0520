"""Networks, losses, data, generated scenes, metrics, training and evaluation: the half of Earsight that uses torch."""
