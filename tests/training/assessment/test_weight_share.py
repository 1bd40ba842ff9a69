"""How much of what a retraining changed is kept."""

from api.training.assessment.sites.fitted_network import SharePoint
from api.training.assessment.weight_share import choose_share

LINE = (
    SharePoint(1.0, forgotten=0.05, new_loss=0.10),
    SharePoint(0.7, forgotten=0.01, new_loss=0.12),
    SharePoint(0.4, forgotten=0.00, new_loss=0.30),
)


class TestChoosing:
    def test_of_the_points_that_forget_little_the_one_that_fits_new_images_best(self) -> None:
        assert choose_share(LINE, max_forgotten=0.01).share == 0.7
        assert choose_share(LINE, max_forgotten=0.1).share == 1.0

    def test_where_all_forget_too_much_the_one_that_forgets_least(self) -> None:
        assert choose_share(LINE[:2], max_forgotten=0.0).share == 0.7

    def test_of_equals_the_one_that_fits_better(self) -> None:
        even = [SharePoint(share, 0.02, loss) for share, loss in ((1.0, 0.2), (0.7, 0.1))]

        assert choose_share(even, max_forgotten=0.0).share == 0.7
