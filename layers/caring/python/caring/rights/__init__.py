"""What a customer may ask of his data: to see them, to have them corrected or erased, to withdraw a consent."""
